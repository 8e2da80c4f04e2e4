/** The check of a device against golden numbers: what was asked for and what has come. */
import type { CaseReport } from "../contracts/conformance";
import type { DeviceChoice } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { isBeside } from "./failures";

export interface DiagnosisSlice {
  /** A check was asked for and is not complete. */
  readonly running: boolean;
  readonly asked: DeviceChoice | null;
  /** What computes, for people; empty until told. */
  readonly device: string;
  readonly total: number;
  readonly cases: readonly CaseReport[];
  /** Why a check ended before its last case. */
  readonly problem: string;
}

export const noDiagnosis: DiagnosisSlice = {
  running: false,
  asked: null,
  device: "",
  total: 0,
  cases: [],
  problem: "",
};

export const askDiagnosis = (device: DeviceChoice): DiagnosisSlice => ({
  ...noDiagnosis,
  running: true,
  asked: device,
});

export function foldDiagnosis(slice: DiagnosisSlice, event: RunEvent): DiagnosisSlice {
  if (event.type === "diagnosis") {
    const { device, total, cases } = event;
    return { ...slice, device, total, cases, running: cases.length < total };
  }
  if (event.type === "failed" && slice.running && !isBeside(event))
    return { ...slice, running: false, problem: event.message };
  return slice;
}

export const countPassed = (cases: readonly CaseReport[]): { readonly passed: number; readonly failed: number } => {
  const passed = cases.filter((report) => report.passed).length;
  return { passed, failed: cases.length - passed };
};
