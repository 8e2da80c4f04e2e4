/** The look through an opened data set: how far it is, and what it found. */
import type { RunEvent } from "../../contracts/runEvent";
import type { Survey } from "../../contracts/survey";

export interface SurveySlice {
  readonly running: boolean;
  /** Files looked through so far, of `total`; 0 of 0 until told. */
  readonly done: number;
  readonly total: number;
  /** The last one that was completed; while a newer one runs it may be of other labelEncodings. */
  readonly survey: Survey | null;
  /** Why the last look came to nothing. */
  readonly problem: string;
}

export const noSurvey: SurveySlice = { running: false, done: 0, total: 0, survey: null, problem: "" };

/**
 * Images that the last look found no run can read. None while another look is under way: it may be of other labelEncodings, by which they are whole.
 */
export const brokenImages = ({ survey, running }: SurveySlice): readonly string[] =>
  running || !survey ? [] : survey.samples.filter(({ problem }) => problem !== undefined).map(({ id }) => id);

export const askSurvey = (slice: SurveySlice): SurveySlice => ({
  ...noSurvey,
  running: true,
  survey: slice.survey,
});

/** `asked`: the event answers the opening of other files. */
export function foldSurvey(slice: SurveySlice, event: RunEvent, asked: boolean): SurveySlice {
  switch (event.type) {
    case "data": {
      // A run that goes on may bring other data, which nobody asked for here.
      const isOther = slice.survey !== null && event.entry.opened?.fingerprint !== slice.survey.fingerprint;
      return asked || isOther ? noSurvey : slice;
    }
    case "surveying":
      return { ...slice, running: true, done: event.done, total: event.total };
    case "survey":
      return { ...noSurvey, survey: event.survey };
    case "failed":
      return event.of === "survey" ? { ...slice, running: false, problem: event.message } : slice;
    default:
      return slice;
  }
}
