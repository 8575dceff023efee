// The first ten seconds, where the adapter is software: a recorded run plays, and the same recipe can be run here all the same.
import { expect, test } from "vitest";
import { withApp } from "../../support/app.ts";
import { axeFaults } from "../../support/axe.ts";

const open = withApp();

test("a recorded run plays, is scrubbed, says that it is one, and what it would take here", async () => {
  const { page, problems } = await open({ hash: "#v=1&view=train&learns=student" });
  const clips = page.getByTestId("student-clips").getByRole("img");
  const stands = (step: number) => page.locator(`[data-testid=student-recorded][data-step='${step}']`);
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("heading", { name: "The first ten seconds" }).waitFor();
  await page.getByText(/^This adapter is software/).waitFor();
  expect(await axeFaults(page)).toEqual([]);

  await press("Play the recorded run");
  await press("Pause the recording");
  const recorded = page.getByTestId("student-recorded");
  await recorded
    .getByText(/nothing is trained here\. This recipe, seed 1, took .* \(npm run record-student\)/)
    .waitFor();
  const step = recorded.getByRole("slider", { name: "Step" });
  await step.fill("48");
  await stands(48).waitFor();
  // Its first clip, the newest by then, and the simulator's.
  await page.getByText("newest, step 48").waitFor();
  expect(await clips.count()).toBe(3);
  await page.getByRole("img", { name: /^Diffusion loss: diffusion loss ends at \d/ }).waitFor();
  await press("Play the recording");
  await step.fill("240");
  await page.getByText("newest, step 240").waitFor();
  // It has learnt the clip: the pixels of the last clip are as red as the simulator's ball, in the same place.
  await page.getByText(/^centre error 1\.\d+ px, a still clip's 15\.8$/).waitFor();
  await page.getByText(/The student trains on these very clips/).waitFor();
  await press("Play it again");
  await page.getByRole("button", { name: "Pause the recording" }).waitFor();
  expect(await axeFaults(page)).toEqual([]);

  // Its recipe is in the rail, and a step of it is measured before anything starts.
  await press("Run it here all the same");
  await page
    .getByTestId("first-asks")
    .getByText(/^On this adapter these 240 steps and their clips take about .* and 2\d\.\d MB of GPU memory/)
    .waitFor({ timeout: 120_000 });
  await press("Leave it");
  expect(await page.getByTestId("first-asks").count()).toBe(0);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("heading", { name: "The first ten seconds" }).waitFor();
  expect(problems).toEqual([]);
}, 180_000);
