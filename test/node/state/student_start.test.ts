// What the page says of a start that did not go as the user may think.
import { expect, test, vi } from "vitest";
import { setSettings } from "../../../src/state/settings.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { setStudents, useStudents } from "../../../src/state/student/store.ts";
import { startStudent, startStudents } from "../../../src/state/student/student.ts";
import { parseStudentRecipe, type StudentStartRequest } from "../../../src/worker/protocol.ts";
import { answers, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);
vi.mock("../../../src/state/student/run_files.ts", () => ({ listStudentRuns: async () => [] }));

stubBrowser();
startStudents();

test("a run whose file has another projector says that its own is drawn anew", async () => {
  const projectorAnew = "The run's projector is drawn anew, for the file's does not fit.";
  answers.set("student-start", ({ run, recipe }: StudentStartRequest) => ({
    ...{ run, status: "paused", step: 0, steps: 20, failure: null, parameters: 1, bytes: 1, shape: { width: 32 } },
    ...{ recipe: parseStudentRecipe(recipe), stepsChange: null, projectorAnew },
  }));
  setSettings({ student: { ...STUDENT_DEFAULTS, start: "file" } });
  setStudents({ weights: { name: "student.safetensors", bytes: new Uint8Array(8), checkpoint: null } });
  await startStudent("paused");
  const { notice, runs } = useStudents.getState();
  expect(notice).toBe(projectorAnew);
  expect(runs[0]).not.toHaveProperty("projectorAnew");
});
