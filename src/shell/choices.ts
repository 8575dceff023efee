/** What the shell commands let the user choose, from the tables of the page. */
export { LOSSES } from "../alignment/losses.ts";
