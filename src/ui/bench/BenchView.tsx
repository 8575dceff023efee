import { useMemo, useState } from "react";
import { QUERY_COLORS } from "../../figure/colors.ts";
import { short } from "../../figure/scale.ts";
import { jsonWith, snakeKeys } from "../../formats/provenance.ts";
import { type Bench, runBench, stopBench, useBench } from "../../state/bench/bench.ts";
import { benchOrigin } from "../../state/provenance.ts";
import { useSession } from "../../state/session.ts";
import { type BenchResult, LOSSES, type LossBenchResult } from "../../worker/protocol.ts";
import { CopyButton } from "../controls/CopyButton.tsx";
import { Button } from "../controls/controls.tsx";
import { saveJson } from "../controls/download.ts";
import { LinePlot } from "../controls/LinePlot.tsx";
import { FailureBlock } from "../page/FailureBlock.tsx";
import { FailurePanel, failureTitle } from "../page/FailurePanel.tsx";
import { Header } from "../page/Header.tsx";
import { LiveRegion } from "../page/LiveRegion.tsx";
import css from "./BenchView.module.css";

const NO_GPU = "There is no GPU to measure here: this page computes on the processor.";

/** This GPU's kernels: time, GFLOP/s, share of the measured peak, memory, growth with N. */
export function BenchView() {
  const own = useBench((bench) => bench.failure);
  // Of the clip that is chosen in the header; a worker that has ended fails both.
  const failure = useSession((session) => (session.failure === own ? null : session.failure));
  return (
    <div className={css.page}>
      <header>
        <Header />
      </header>
      <main className={css.main}>
        {failure && <FailurePanel failure={failure} />}
        <Measurements />
      </main>
      <BenchSentence />
    </div>
  );
}

const doing = ({ running, stopped }: Pick<Bench, "running" | "stopped">) =>
  running && (stopped ? `stopping after ${running.what} …` : running.what);

/** What a screen reader hears; a failure has its own block. */
function BenchSentence() {
  const sentence = useBench(({ running, stopped, failure, noGpu, result }) => {
    const now = doing({ running, stopped });
    if (now) return now;
    if (stopped) return "stopped";
    if (failure) return "";
    if (noGpu) return NO_GPU;
    return result ? `measured: peak ${rate(result.peak.gflops)} GFLOP/s` : "";
  });
  return <LiveRegion sentence={sentence} />;
}

function Measurements() {
  const { running, stopped, result, failure, noGpu } = useBench();
  const adapter = useSession((session) => session.compute?.adapter);
  const numbers = useMemo(() => result && { browser: navigator.userAgent, ...snakeKeys(result) }, [result]);
  // Made once: with the time of another rendering it would be another text, of which "Copied" is not true.
  const text = useMemo(() => numbers && jsonWith(benchOrigin(), numbers), [numbers]);
  const name = adapter?.description || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ");
  return (
    <div className={css.content}>
      <h1>{name ? `The losses on ${name}` : "The losses on this GPU"}</h1>
      <p className={css.lead}>
        Forward and gradient of every alignment loss at F = 8, S = 64, C = 192, the size of a small model's step, and a
        whole training step of the shipped diffusion student (both directions, M-TSA, clipping, AdamW), beside the best
        this adapter does: our matrix product at 1024³ in the same run. Whole steps are timed by the clock, from handing
        them in until the GPU is done; the product and each kernel by the adapter's own timestamps where it has them.
        Times are medians, after a warm-up. A quick look takes 3 runs, a smaller product and a batch of one clip.
        {adapter?.software &&
          " This adapter is a processor pretending to be a GPU: ratios hold, absolute times do not."}
      </p>
      <div className={css.actions}>
        {/* The same buttons while it measures, so that the keyboard's focus stays where it is. */}
        <Button
          primary={!running}
          waits={running !== null && stopped}
          onClick={() => (running ? stopBench() : void runBench(false))}
        >
          {running ? "Cancel" : result || failure ? "Measure again" : "Measure this GPU"}
        </Button>
        <Button waits={running !== null} onClick={() => void runBench(true)}>
          Quick look (3 runs)
        </Button>
        {running && (
          <>
            <progress aria-label="Measuring" value={running.share} max={1} />
            <span>{doing({ running, stopped })}</span>
          </>
        )}
        {numbers && text && (
          <>
            <CopyButton text={text}>Copy as JSON</CopyButton>
            <Button onClick={() => saveJson("tempered bench", numbers, benchOrigin())}>Save JSON</Button>
          </>
        )}
      </div>
      {failure && (
        <FailureBlock failure={failure} title={failureTitle(failure.code)}>
          <Button onClick={() => location.reload()}>Reload the page</Button>
        </FailureBlock>
      )}
      {noGpu && <p>{NO_GPU}</p>}
      {result && <Result result={result} />}
    </div>
  );
}

const ms = (time: { readonly median: number; readonly spread: number }) =>
  time.median > 0 ? `${short(time.median)} ms ± ${Math.round(time.spread * 100)} %` : "less than the clock tells";

const rate = (gflops: number | null | undefined) => (gflops == null ? "–" : short(gflops));

function Result({ result }: { readonly result: BenchResult }) {
  const { timestamps, peak, losses, student, scaling } = result;
  return (
    <>
      <p>
        Peak: <b>{rate(peak.gflops)} GFLOP/s</b>, one {peak.edge}³ product in {ms(peak.time)}, the median of{" "}
        {peak.time.runs} runs by {timestamps ? "the adapter's timestamps" : "the clock"}.
      </p>
      <div className={css.scroll}>
        <table className={css.table}>
          <caption>
            One step: loss, per-token map and gradient; by the clock, medians of {losses[0].fresh.runs} runs
          </caption>
          <thead>
            <tr>
              <th scope="col">loss</th>
              <th scope="col">nothing kept</th>
              <th scope="col">teacher kept</th>
              <th scope="col">GFLOP/s</th>
              <th scope="col">share of peak</th>
              <th scope="col">held</th>
            </tr>
          </thead>
          <tbody>
            {losses.map((loss) => (
              <LossRows key={`${loss.kind} ${loss.form}`} loss={loss} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={css.lead}>
        Stored keeps all similarities of a step in memory, tiled makes them block by block. “Teacher kept” is a step in
        which the teacher's similarities stay from the step before, “nothing kept” one that makes them anew; “held” is
        what a step occupies on the GPU. The share of the peak{" "}
        {timestamps
          ? "is that of all kernels of a step with nothing kept, timed as the peak was; a loss opened shows each of them."
          : "takes timestamps, which this adapter does not have: by the clock, handing in each kernel would count too."}
      </p>
      <div className={css.scroll}>
        <table className={css.table}>
          <caption>A training step of the student; by the clock, median of {student.time.runs} runs</caption>
          <thead>
            <tr>
              <th scope="col">batch</th>
              <th scope="col">teacher kept</th>
              <th scope="col">GFLOP/s</th>
              <th scope="col">dispatches</th>
              <th scope="col">held</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{student.B === 1 ? "1 clip" : `${student.B} clips`}</th>
              <td>{ms(student.time)}</td>
              <td>{rate(student.gflops)}</td>
              <td>
                {student.dispatches} in {student.submits} {student.submits === 1 ? "submit" : "submits"}
              </td>
              <td>{(student.bytes / 1e6).toFixed(1)} MB</td>
            </tr>
          </tbody>
        </table>
      </div>
      <div className={css.plot}>
        <LinePlot
          dots
          title="Time of a step against tokens"
          x={{ label: "N", log: true }}
          y={{ label: "ms", log: true }}
          series={scaling.map(({ kind, points, exponent }, i) => ({
            name: exponent === null ? LOSSES[kind].name : `${LOSSES[kind].name}, ms ∝ N^${exponent.toFixed(2)}`,
            color: QUERY_COLORS[i === 0 ? 1 : 5],
            points: points.map(({ N, ms: time }) => [N, time] as const),
          }))}
        />
      </div>
    </>
  );
}

function LossRows({ loss }: { readonly loss: LossBenchResult }) {
  const [open, setOpen] = useState(false);
  const { kind, form, kept, fresh, flop, shareOfPeak, bytes, kernels } = loss;
  const gflops = fresh.median > 0 ? flop.fresh / fresh.median / 1e6 : null;
  return (
    <>
      <tr>
        <th scope="row">
          <Button expanded={open} onClick={() => setOpen(!open)}>
            <span aria-hidden="true">{open ? "▾" : "▸"}</span> {LOSSES[kind].name}, {form}
          </Button>
        </th>
        <td>{ms(fresh)}</td>
        <td>{ms(kept)}</td>
        <td>{flop.fresh > 0 ? rate(gflops) : "–"}</td>
        <td>{flop.fresh > 0 && shareOfPeak !== null ? `${Math.round(shareOfPeak * 100)} %` : "–"}</td>
        <td>{(bytes / 1e6).toFixed(1)} MB</td>
      </tr>
      {open &&
        kernels.map(({ kernel, time, gflops: own }) => (
          <tr key={kernel} className={css.kernel}>
            <th scope="row">{kernel}</th>
            <td>{ms(time)}</td>
            <td />
            <td>{rate(own)}</td>
            <td />
            <td />
          </tr>
        ))}
    </>
  );
}
