/** A buffer, or a part of one. */
export type Place = GPUBuffer | GPUBufferBinding;

/** A place with its offset and size, which a binding may leave out. */
export function bindingOf(place: Place): { buffer: GPUBuffer; offset: number; size: number } {
  const { buffer, offset = 0, size } = "buffer" in place ? place : { buffer: place };
  return { buffer, offset, size: size ?? buffer.size - offset };
}
