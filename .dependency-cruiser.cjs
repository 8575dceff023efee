// The arrows of the house plan, checked in CI: a folder may import what its line lists, itself and (where named) a package.
const may = {
  site: [],
  gpu: [],
  reference: [],
  video: [],
  formats: [],
  world: [],
  judge: ["world"],
  study: [],
  shell: [
    "world",
    "judge",
    "formats",
    "alignment/losses",
    "encoders/input",
    "data/task",
    "data/world_tracks",
    "train/diffusion/recipe",
    "train/rates",
  ],
  kernels: ["gpu"],
  alignment: ["kernels", "gpu", "reference"],
  nn: ["kernels", "gpu"],
  student: ["nn", "kernels", "gpu", "formats"],
  train: ["student", "nn", "alignment", "kernels", "gpu", "reference", "formats"],
  encoders: ["site", "student", "kernels", "gpu", "reference", "video", "formats"],
  // A task's clips, prepared for a student: what comes out is train's, who makes it is here.
  data: ["train/prepared_clip", "encoders", "world", "video", "reference", "formats"],
  bench: ["train", "nn", "alignment", "kernels", "gpu"],
  worker: [
    "site",
    "data",
    "train",
    "student",
    "alignment",
    "bench",
    "encoders",
    "video",
    "gpu",
    "formats",
    "world",
    "judge",
    "study",
  ],
  state: ["site", "formats", "worker/protocol"],
  figure: ["formats", "worker/protocol"],
  // Turning pictures into a file is the other end of decoding one: mediabunny stays in one folder, and scene may use that end.
  scene: ["site", "state", "figure", "worker/protocol", "video/record"],
  headless: [
    "data",
    "train",
    "student",
    "nn",
    "alignment",
    "gpu",
    "state",
    "figure",
    "formats",
    "worker/protocol",
    "video/record",
  ],
  ui: ["site", "state", "scene", "figure", "formats", "worker/protocol"],
};

/** Packages that belong to one folder. */
const owners = {
  "react|react-dom": "ui",
  "three|@types/three": "scene",
  "@dimforge/rapier2d-deterministic-compat": "world",
  "onnxruntime-web": "encoders",
  mediabunny: "video",
  "fast-png": "shell",
  zustand: "state",
};

const layerRules = Object.entries(may).map(([folder, targets]) => ({
  name: `${folder}-imports`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: "^src/", pathNot: [folder, ...targets].map((target) => `^src/${target}[/.]`) },
}));

const packageRules = Object.entries(owners).map(([packages, folder]) => ({
  name: `only-${folder}-uses-${packages.replaceAll(/[|/@]+/g, "-")}`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/${folder}/` },
  to: { path: `node_modules/(${packages})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...packageRules,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "\\?(raw|url|worker)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "browser", "default", "types"] },
  },
};
