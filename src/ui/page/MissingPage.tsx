import { Button } from "../controls/controls.tsx";
import { FailureBlock } from "./FailureBlock.tsx";
import { Header } from "./Header.tsx";

const MESSAGE =
  "The part of the page that this view needs did not come from its server, as after an update: reload the page to go on where you were.";

/** Instead of a part of the page whose file could not be loaded. */
export function MissingPart({ message }: { readonly message: string }) {
  return (
    <FailureBlock
      failure={{ code: "file-missing", message, report: `Tempered: file-missing\n${message}` }}
      title="A file of this page did not come"
    >
      <Button primary onClick={() => location.reload()}>
        Reload the page
      </Button>
    </FailureBlock>
  );
}

/** Instead of a whole view whose file could not be loaded. */
export function MissingPage() {
  return (
    <>
      <header>
        <Header />
      </header>
      <main>
        <MissingPart message={MESSAGE} />
      </main>
    </>
  );
}
