import css from "./EmptyStage.module.css";

/** All of the page where it came over plain http from another machine: the browser then has neither GPU, decoder nor storage. */
export function InsecurePage() {
  const { origin, port, pathname, search, hash } = location;
  const local = `http://localhost${port && `:${port}`}${pathname}${search}${hash}`;
  return (
    <main className={css.empty} role="alert" data-fault="insecure">
      <h1>This page needs https or localhost</h1>
      <p>
        It came over plain http, from {origin}. There the browser gives no page a GPU, a video decoder or storage,
        whatever the machine has. Nothing is wrong with the browser or with your videos.
      </p>
      <ul className={css.remedies}>
        <li>
          On the machine that serves it, open <a href={local}>{local}</a>.
        </li>
        <li>
          From another machine, make its port your own:{" "}
          <code>
            ssh -L {port || 80}:localhost:{port || 80} {location.hostname}
          </code>
          , then open <a href={local}>{local}</a> here.
        </li>
        <li>Or serve it over https; any static host will do.</li>
      </ul>
    </main>
  );
}
