/**
 * The table of the judge's rules. A test answers under one of these names (`RuleResult.rule`), so that none is without words.
 */
export interface RuleWords {
  /** Whether it says that the sentence is shown, or that the laws hold. */
  readonly side: "SA" | "PC";
  readonly title: string;
  /** One sentence. */
  readonly law: string;
}

export const RULES = {
  "sa-objects": { side: "SA", title: "Everything is there", law: "Every body that the sentence names is seen." },
  "sa-colours": {
    side: "SA",
    title: "Nothing else is there",
    law: "No body has a colour that the sentence does not name.",
  },
  "sa-shape": { side: "SA", title: "Shapes", law: "A ball looks like a ball and a box like a box." },
  "sa-size": { side: "SA", title: "Sizes", law: "Bodies are as large as their words say." },
  "sa-speed": { side: "SA", title: "Speed", law: "The first mover is as fast as the sentence says." },
  "sa-direction": { side: "SA", title: "Direction", law: "The first mover goes the way that the sentence says." },
  "sa-event": { side: "SA", title: "The event", law: "What the sentence tells does happen." },
  pace: {
    side: "PC",
    title: "Even pace",
    law: "Nothing stops or sets out at once, and no picture is shown twice.",
  },
  skip: {
    side: "PC",
    title: "No picture left out",
    law: "From one picture to the next nothing goes twice as far as before and after.",
  },
  moment: {
    side: "PC",
    title: "One moment a picture",
    law: "What moves is whole in every picture, and never half here and half there.",
  },
  sharpness: {
    side: "PC",
    title: "Even sharpness",
    law: "What moves is as sharp in one picture as in those beside it.",
  },
  permanence: {
    side: "PC",
    title: "Permanence",
    law: "A solid is there once in every frame, unless it is beyond the frame's border.",
  },
  area: { side: "PC", title: "Size kept", law: "A solid keeps its area." },
  shape: { side: "PC", title: "Shape kept", law: "A solid is rigid: it keeps its outline, turned and moved." },
  smear: { side: "PC", title: "No trail", law: "A ball is as long along its path as across it." },
  colour: { side: "PC", title: "Colour kept", law: "A solid keeps its colour." },
  jump: { side: "PC", title: "No jumps", law: "Away from contacts a velocity does not change within a frame." },
  pulse: {
    side: "PC",
    title: "Steps in line",
    law: "A body is not for one frame faster, or slower, than before and after.",
  },
  gravity: {
    side: "PC",
    title: "Gravity",
    law: "In the air a body accelerates by g straight down, and nothing pulls it aside.",
  },
  inertia: { side: "PC", title: "Inertia", law: "On the table a body that touches nothing keeps its velocity." },
  momentum: { side: "PC", title: "Momentum", law: "Bodies that collide have as much momentum after as before." },
  turning: {
    side: "PC",
    title: "Turning",
    law: "What a collision takes from a body's path it gives to its turning: angular momentum stays.",
  },
  restitution: {
    side: "PC",
    title: "Rebound",
    law: "Bodies part at 0.8 to 1 of the speed at which they met; in another world at its share, or up to 0.2 more.",
  },
  energy: { side: "PC", title: "Energy", law: "No contact gives out more energy of motion than came in." },
  interpenetration: {
    side: "PC",
    title: "Solid stays solid",
    law: "Bodies are not inside one another, nor in the floor.",
  },
  "liquid-mass": {
    side: "PC",
    title: "Amount kept",
    law: "Liquid neither grows nor shrinks, but for what is poured in.",
  },
  "liquid-permanence": {
    side: "PC",
    title: "Liquid stays",
    law: "Liquid does not appear or vanish away from other liquid.",
  },
  "liquid-jump": {
    side: "PC",
    title: "No jumps of liquid",
    law: "A liquid's centre changes its velocity only as fast as forces can.",
  },
  "liquid-pulse": {
    side: "PC",
    title: "Liquid flows evenly",
    law: "A liquid is not for one frame faster, or slower, than before and after.",
  },
  inflow: { side: "PC", title: "Poured evenly", law: "What is poured comes in evenly, as much in each frame." },
  "liquid-colour": { side: "PC", title: "Liquid colour kept", law: "A liquid keeps its colour." },
  "liquid-gravity": { side: "PC", title: "Liquid falls", law: "Liquid in free fall accelerates by g straight down." },
  "liquid-energy": {
    side: "PC",
    title: "Nothing rises for free",
    law: "The common centre rises no higher than height and motion at first allow.",
  },
  displacement: {
    side: "PC",
    title: "Liquid makes room",
    law: "What a body takes up in a liquid is pushed aside, not lost.",
  },
  "heavy-below-light": {
    side: "PC",
    title: "Heavy below light",
    law: "At the end the heavy liquid lies below the light one.",
  },
  "no-unmixing": { side: "PC", title: "Mixing stays", law: "Two liquids that have mixed do not come apart again." },
  "sink-or-float": {
    side: "PC",
    title: "Sink or float",
    law: "As much of a body is under the surface as its density says.",
  },
  lift: {
    side: "PC",
    title: "Weight, lift and drag",
    law: "In liquid a body accelerates by its weight less what it displaces, and drag only slows it.",
  },
} as const satisfies Readonly<Record<string, RuleWords>>;

export type RuleName = keyof typeof RULES;
