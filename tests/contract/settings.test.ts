import { describe, expect, it } from "vitest";
import type { MethodSetting } from "../../src/core/methods/method";
import { resolveSettings } from "../../src/core/methods/settings";
import { methods, modelOf } from "./subject";

/** Values that a control must refuse. */
function refused(setting: MethodSetting): readonly unknown[] {
  switch (setting.kind) {
    case "number":
      return [
        setting.min - 1,
        setting.max + 1,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        "many",
        null,
        ...(setting.integer ? [setting.min + 0.5] : []),
        ...(setting.perTask ? [{ semseg: setting.max + 1 }] : [{ semseg: setting.min }]),
      ];
    case "choice":
      return ["no such choice", 3, null];
    case "choices":
      return [["no such choice"], "no such choice", 3];
    case "flag":
      return ["true", 1, null];
    default:
      return setting satisfies never;
  }
}

describe.each(methods)("the settings of $id", ({ id, def }) => {
  const defaults = def.defaults as Readonly<Record<string, unknown>>;

  it("stand under its own id, with words for people and a source", () => {
    expect(def.id).toBe(id);
    for (const text of [def.label, def.about, def.source]) expect(text.length).toBeGreaterThan(3);
    expect(def.about).toMatch(/\.$/);
  });

  it("have one control each, and every control a setting", () => {
    const keys = def.settings.map(({ key }) => key as string);
    expect([...keys].sort()).toEqual(Object.keys(defaults).sort());
    for (const { label, help } of def.settings) {
      expect(label).toMatch(/\S/);
      expect(help).toMatch(/\.$/);
    }
  });

  it("name each choice once, with words", () => {
    const choices = def.settings.flatMap((s) => (s.kind === "choice" || s.kind === "choices" ? [s.choices] : []));
    for (const list of choices) {
      expect(new Set(list.map((c) => c.id)).size).toBe(list.length);
      expect(list.every(({ label, help }) => label.length > 0 && help.length > 0)).toBe(true);
    }
  });

  it("start within their ranges and survive a run file", () => {
    const file: unknown = JSON.parse(JSON.stringify(defaults));
    expect(resolveSettings(def, file as object)).toEqual(defaults);
    expect(resolveSettings(def)).toEqual(defaults);
  });

  it("refuse what does not exist by name", () => {
    expect(() => resolveSettings(def, { nonsense: 1 } as object)).toThrow(
      /^method\.settings\.nonsense is 1.*no such setting/,
    );
  });

  it.each(def.settings.flatMap((setting) => refused(setting).map((value) => ({ setting, value }))))(
    "refuse $setting.key = $value by name, with what is allowed",
    ({ setting, value }) => {
      const attempt = () => resolveSettings(def, { [setting.key]: value } as object);
      expect(attempt).toThrow(new RegExp(`^method\\.settings\\.${setting.key}`));
      expect(attempt).toThrow(/allowed: /);
    },
  );

  it.runIf("sites" in defaults)("refuse to adapt nothing", () =>
    expect(() => modelOf({ backbone: "micro", def, settings: { sites: [] } })).toThrow(
      /method\.settings\.sites is \[\]/,
    ),
  );
});
