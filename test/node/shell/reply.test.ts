// With which code a command ends whose page could not do it: 2 is of what was asked for or given, 1 of the machine.
import { expect, test } from "vitest";
import { UsageError } from "../../../scripts/lib/command.mjs";
import { answered } from "../../../scripts/lib/reply.mjs";

function thrown(code: string): unknown {
  try {
    return answered({ ok: false, code, message: "why" });
  } catch (error) {
    return error;
  }
}

test.each(["internal", "device-lost", "out-of-memory", "model-download", "file-missing", "no-adapter"])(
  "%s is no mistake of the user",
  (code) => {
    expect(thrown(code)).toMatchObject({ message: "why" });
    expect(thrown(code)).not.toBeInstanceOf(UsageError);
  },
);

test.each(["bad-request", "not-a-video", "codec-unsupported", "limits", "student-file", "file-changed"])(
  "%s is of the call or of an input",
  (code) => expect(thrown(code)).toBeInstanceOf(UsageError),
);

test("an answer is handed on", () => {
  const reply = { ok: true, json: {} } as const;
  expect(answered(reply)).toBe(reply);
});
