import { short } from "../../figure/scale.ts";
import { useSession } from "../../state/session.ts";
import { useTruth } from "../../state/truth/store.ts";
import css from "../notes/Notes.module.css";

/** How the truth comes to be known; of our own clips some have a camera that moves, and some have discs. */
export const knownWords = (points: boolean, simulated: boolean): string =>
  points ? "Points of this clip are known" : simulated ? "This clip is simulated" : "The motion of this clip is known";

/** Share of all tokens of the query's frame whose match lies within one token of the truth, by frame. */
export function TruthTable() {
  const agreement = useSession((session) => session.agreement);
  const hasTruth = useSession((session) => session.encoded?.hasTruth ?? false);
  const simulated = useSession((session) => session.clip?.codec === "pictures");
  const points = useTruth(({ name, tracks }) => tracks !== null && (name !== "" || tracks.names.length > 0));
  if (!hasTruth || !agreement) return null;
  const { moved } = agreement;
  const share = (value: number) => (Number.isNaN(value) ? "–" : value.toFixed(2));
  return (
    <>
      <h2>Against the truth</h2>
      <p>
        {knownWords(points, simulated)}. Share of {points ? "the tokens that hold one, in" : "all tokens of"} frame{" "}
        {agreement.frame}, whose match lies within one token of where they really went; “moved” counts only those that
        went further than one token, for which standing still is no answer:
      </p>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">frame</th>
            <th scope="col">best match</th>
            <th scope="col">soft, τ {short(agreement.taus[0])}</th>
            <th scope="col">moved: best</th>
            <th scope="col">soft</th>
            <th scope="col">of</th>
          </tr>
        </thead>
        <tbody>
          {Array.from(agreement.argmax, (best, f) =>
            f === agreement.frame ? null : (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its frame
              <tr key={f}>
                <td>{f}</td>
                <td>{share(best)}</td>
                <td>{share(agreement.soft[0][f])}</td>
                <td>{share(moved.argmax[f])}</td>
                <td>{share(moved.soft[0][f])}</td>
                <td>{moved.counted[f]}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </>
  );
}
