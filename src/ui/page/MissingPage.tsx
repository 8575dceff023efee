import { Button } from "../controls/controls.tsx";
import { FailureBlock } from "./FailureBlock.tsx";
import { Header } from "./Header.tsx";

const MESSAGE =
  "The part of the page that this view needs did not come from its server, as after an update: reload the page to go on where you were.";

/** Instead of a view whose file could not be loaded. */
export function MissingPage() {
  return (
    <>
      <header>
        <Header />
      </header>
      <main>
        <FailureBlock
          failure={{ code: "file-missing", message: MESSAGE, report: `Tempered: file-missing\n${MESSAGE}` }}
          title="A file of this page is not on its server"
        >
          <Button primary onClick={() => location.reload()}>
            Reload the page
          </Button>
        </FailureBlock>
      </main>
    </>
  );
}
