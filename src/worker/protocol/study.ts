/** What students' trainings came to, ours and the paper's. Apart from the rest: it carries its tables, which only Evaluate shows. */
export {
  answerOf,
  FOUND,
  type Found,
  type FoundArm,
  type FoundCategory,
  type FoundMarks,
  type FoundStudy,
  searchedErrors,
  sweptErrors,
} from "../../study/found.ts";
export { VIDEOPHY, VIDEOPHY2 } from "../../study/published.ts";
