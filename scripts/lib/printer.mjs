// Results on stdout, one whole piece after another, no faster than they are read.

/** @returns writes a piece and waits while the reader is behind; false once nobody reads any more, which is no failure */
function createPrinter() {
  let open = true;
  process.stdout.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return async (piece) => {
    // Waiting also lets EPIPE and Ctrl+C arrive, which are only told between two turns of the event loop.
    if (open) await new Promise((done) => process.stdout.write(piece, () => done()));
    return open;
  };
}

/** Prints lines. */
export function createLinePrinter() {
  const print = createPrinter();
  return (line) => print(`${line}\n`);
}

/** Prints files, each after its length as u32 little-endian. */
export function createRecordPrinter() {
  const print = createPrinter();
  return (file) => {
    const record = Buffer.alloc(4 + file.length);
    record.writeUInt32LE(file.length);
    record.set(file, 4);
    return print(record);
  };
}
