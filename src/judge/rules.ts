/** The judge's rules in words for people: what each is called, and the law that it stands for. */
export interface RuleWords {
  readonly title: string;
  /** One sentence. */
  readonly law: string;
}

export const RULE_WORDS: Readonly<Record<string, RuleWords>> = {
  "sa-objects": { title: "Everything is there", law: "Every body that the sentence names is seen." },
  "sa-colours": { title: "Nothing else is there", law: "No body has a colour that the sentence does not name." },
  "sa-shape": { title: "Shapes", law: "A ball looks like a ball and a box like a box." },
  "sa-size": { title: "Sizes", law: "Bodies are as large as their words say." },
  "sa-speed": { title: "Speed", law: "The first mover is as fast as the sentence says." },
  "sa-direction": { title: "Direction", law: "The first mover goes the way that the sentence says." },
  "sa-event": { title: "The event", law: "What the sentence tells does happen." },
  permanence: {
    title: "Permanence",
    law: "A solid is there once in every frame, unless it is beyond the frame's border.",
  },
  area: { title: "Size kept", law: "A solid keeps its area." },
  shape: { title: "Shape kept", law: "A solid is rigid: it keeps its outline, turned and moved." },
  colour: { title: "Colour kept", law: "A solid keeps its colour." },
  jump: { title: "No jumps", law: "Away from contacts a velocity does not change within a frame." },
  gravity: { title: "Gravity", law: "In the air a body accelerates by g straight down, and nothing pulls it aside." },
  inertia: { title: "Inertia", law: "On the table a body that touches nothing keeps its velocity." },
  momentum: { title: "Momentum", law: "Bodies that collide have as much momentum after as before." },
  restitution: { title: "Rebound", law: "Bodies part at 0.8 to 1 of the speed at which they met." },
  energy: { title: "Energy", law: "No contact gives out more energy of motion than came in." },
  interpenetration: { title: "Solid stays solid", law: "Bodies are not inside one another, nor in the floor." },
  "liquid-mass": { title: "Amount kept", law: "Liquid neither grows nor shrinks, but for what is poured in." },
  "liquid-permanence": { title: "Liquid stays", law: "Liquid does not appear or vanish away from other liquid." },
  "liquid-jump": {
    title: "No jumps of liquid",
    law: "A liquid's centre changes its velocity only as fast as forces can.",
  },
  "liquid-colour": { title: "Liquid colour kept", law: "A liquid keeps its colour." },
  "liquid-gravity": { title: "Liquid falls", law: "Liquid in free fall accelerates by g straight down." },
  "liquid-energy": {
    title: "Nothing rises for free",
    law: "The common centre rises no higher than height and motion at first allow.",
  },
  displacement: { title: "Liquid makes room", law: "What a body takes up in a liquid is pushed aside, not lost." },
  "heavy-below-light": { title: "Heavy below light", law: "At the end the heavy liquid lies below the light one." },
  "no-unmixing": { title: "Mixing stays", law: "Two liquids that have mixed do not come apart again." },
  "sink-or-float": { title: "Sink or float", law: "As much of a body is under the surface as its density says." },
};
