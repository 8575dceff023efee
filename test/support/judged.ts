import type { RuleResult, Verdict } from "../../src/judge/types.ts";

/** The names of the rules of a verdict that apply and do not hold; of one side alone where it is given. An error of NaN does not hold. */
export const broken = ({ rules }: Pick<Verdict, "rules">, side?: RuleResult["side"]): RuleResult["rule"][] =>
  rules
    .filter((rule) => rule.applies && !(rule.error <= rule.tolerance) && (side === undefined || rule.side === side))
    .map(({ rule }) => rule);
