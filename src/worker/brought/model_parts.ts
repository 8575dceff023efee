/** What reads and runs models of the user's own, loaded with the first of them: the page's first heatmap does without it. */
export { guessModel } from "../../encoders/model_guess.ts";
export { fitted, outputForm } from "../../encoders/model_output.ts";
export { modelProblem, ownFeatures, runModel } from "../../encoders/own_encoder.ts";
export { readOnnx } from "../../formats/onnx.ts";
