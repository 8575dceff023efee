import { useCallback } from "react";
import { type BlockPicture, blockDrawing } from "../../scene/block_drawing.ts";
import type { PrintChoices } from "../../state/figure_choices.ts";
import { Composer } from "../figure/Composer.tsx";

interface BlockComposerProps {
  readonly block: BlockPicture;
  readonly caption: string;
  readonly stem: string;
  readonly onClose: () => void;
}

/** Composes the block as it is seen now. */
export function BlockComposer({ block, ...about }: BlockComposerProps) {
  const compose = useCallback((print: PrintChoices, caption: string) => blockDrawing(block, caption, print), [block]);
  return (
    <Composer compose={compose} lettered={false} {...about}>
      {null}
    </Composer>
  );
}
