/**
 * A private file system as browsers have it, in memory, as far as the page uses it. What a file gives of itself ends with it: the
 * browser's own `File`s of a file that was deleted can no longer be read.
 */
import { vi } from "vitest";

type Entry = Folder | Stored;

const missing = (name: string) => new DOMException(`${name} is not there`, "NotFoundError");

class Stored {
  readonly kind = "file";
  content: Uint8Array<ArrayBuffer> = new Uint8Array();
  deleted = false;

  constructor(readonly name: string) {}

  async getFile(): Promise<File> {
    const file = new File([this.content], this.name);
    const bytes = file.arrayBuffer.bind(file);
    file.arrayBuffer = () => (this.deleted ? Promise.reject(missing(this.name)) : bytes());
    file.slice = () => (this.deleted ? file : new Blob([this.content]));
    return file;
  }

  async createWritable() {
    const parts: ArrayBuffer[] = [];
    return {
      write: async (part: Blob | Uint8Array<ArrayBuffer> | string) => {
        // A file is read here and now: it may be gone.
        parts.push(await (part instanceof Blob ? part : new Blob([part])).arrayBuffer());
      },
      close: async () => {
        this.content = new Uint8Array(await new Blob(parts).arrayBuffer());
      },
    };
  }

  end(): void {
    this.deleted = true;
  }
}

class Folder {
  readonly kind = "directory";
  readonly #entries = new Map<string, Entry>();

  constructor(readonly name: string) {}

  #find<E extends Entry>(name: string, options: { readonly create?: boolean }, make: () => E): E {
    const found = (this.#entries.get(name) as E | undefined) ?? (options.create ? make() : undefined);
    if (!found) throw missing(name);
    this.#entries.set(name, found);
    return found;
  }

  getDirectoryHandle = async (name: string, options = {}) => this.#find(name, options, () => new Folder(name));
  getFileHandle = async (name: string, options = {}) => this.#find(name, options, () => new Stored(name));

  async removeEntry(name: string): Promise<void> {
    const found = this.#entries.get(name);
    if (!found) throw missing(name);
    found.end();
    this.#entries.delete(name);
  }

  async *entries() {
    yield* this.#entries;
  }

  async *values() {
    yield* this.#entries.values();
  }

  end(): void {
    for (const entry of this.#entries.values()) entry.end();
  }
}

/** The page's storage from now on, empty. */
export function stubFileSystem(): void {
  const root = new Folder("");
  vi.stubGlobal("navigator", { storage: { getDirectory: async () => root } });
}
