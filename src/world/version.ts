/**
 * Names what the world makes of a sentence, a seed and laws: the first 12 digits of the SHA-256 of test/fixtures/world_hashes.txt. What is
 * kept of its clips is kept under this name, so a world that makes others never reads them. A test compares.
 */
export const WORLD_VERSION = "1ae355a07f38";
