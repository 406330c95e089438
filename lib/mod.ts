/**
 * Deep Defense: attack image classifiers, train them to resist, and measure how far they do.
 *
 * The paper: Z. Yan, Y. Guo, C. Zhang, "Deep Defense: Training DNNs with Improved Adversarial Robustness", NeurIPS 2018.
 *
 * Where to begin:
 *
 * - `createEngine` starts the threads that everything is computed in.
 * - `loadDataset` reads MNIST, CIFAR-10, a folder of IDX files or images, or a file of tensors.
 * - `networkFor` gives one of the networks that come with the library by its name.
 * - `defineNetwork` makes a network of your own from layers.
 * - `serial` puts layers one after another.
 * - `graph` takes layers with branches.
 * - `readWeights` reads a network's trained weights from a file.
 * - `defend` hardens a trained model, and keeps the epoch that resists most without losing accuracy.
 * - `train` trains a network, with or without a defense.
 * - `deepDefense` is the paper's defense; the others are `advTrain1`, `advTrain2`, `parseval` and `clean`.
 * - `deepfool` looks for the smallest perturbations; so does `fastMinimumNorm`.
 * - `pgd` looks for perturbations of a given size; so do `apgd`, `apgdTargeted` and `fastGradientSign`.
 * - `autoAttack` is the ensemble that robustness is compared by.
 * - `predict` gives a model's logits and classes.
 * - `evaluate` measures how far a model resists many attacks.
 * - `accuracy` is the share of samples that a model predicts right.
 * - `rho2` is the mean relative size of an attack's perturbations.
 *
 * A model is `{ network, weights }`, the second argument of every attack and metric after the engine.
 *
 * @example Train a network with Deep Defense, attack it, and measure it.
 * ```ts
 * import * as dd from "deep-defense";
 *
 * await using engine = await dd.createEngine();
 * const mnist = dd.firstImages(await dd.loadDataset("mnist"), { train: 500, test: 100 });
 * const network = dd.mlp(mnist.inputShape, mnist.classes);
 * const weights = await dd.train(engine, network, mnist.train, {
 *   start: network.init("my seed"),
 *   defense: dd.deepDefense({ lambda: 15, c: 25, d: 5 }),
 *   epochs: 2,
 *   learningRates: [1e-3, 1e-4],
 * });
 *
 * const model: dd.Model = { network, weights };
 * const attacked = await dd.deepfool(engine, model, mnist.test.images);
 * console.log(await dd.accuracy(engine, model, mnist.test), dd.rho2(attacked));
 * ```
 *
 * @module
 */

export { createEngine } from "./engine/engine.ts";
export type {
  BackendName,
  Engine,
  EngineOptions,
  FunctionPlan,
  Program,
  RunShards,
  ShapedFunction,
} from "./engine/engine.ts";
export type { CallThreads, Ranks, Threads } from "./engine/threads.ts";
export type { Sums, TracedProgram } from "./engine/traced_program.ts";
export { withRanks } from "./mpi/with_ranks.ts";
export { tracedKernels } from "./engine/compile.ts";
export type { TensorFunction, TracedFunction } from "./engine/compile.ts";
export type {
  Arrays,
  BySize,
  Executable,
  Executables,
  Routine,
  Signature,
} from "./engine/executable.ts";
export type { Device } from "./engine/session.ts";
export type { StopOptions } from "./engine/stop.ts";
export { jit } from "./engine/jit.ts";
export type { Jitted } from "./engine/jit.ts";
export type { NDArray } from "./engine/nd_array.ts";
export type { Tensor } from "./engine/tensor.ts";
export { UserError } from "./engine/user_error.ts";
export type {
  ConvolutionOptions,
  Extents,
  PerAxis,
  PerSide,
  Sides,
} from "./engine/primitives/convolution.ts";

export { loadDataset } from "./data/load.ts";
export type { LoadedSpec } from "./data/load.ts";
export type { ImagenetOptions, ImageScale } from "./data/images/imagenet.ts";
export type { LoadProgress } from "./data/progress.ts";
export { firstImages } from "./data/first_images.ts";
export { pictureShape } from "./data/dataset.ts";
export type { AnySplit, Dataset, ReadImages, Split, StreamedSplit } from "./data/dataset.ts";
export type { FirstImagesOptions } from "./data/first_images.ts";
export { openImageFolder } from "./data/images/image_folder.ts";
export type { ImageFolder, ImageFolderOptions } from "./data/images/image_folder.ts";
export type {
  BadImage,
  BadImagePolicy,
  CropOptions,
  ImageList,
  ReadCrops,
} from "./data/images/image_list.ts";
export {
  caffePixels,
  caffeScale,
  fromCaffePixels,
  fromTorchvisionPixels,
  torchvisionPixels,
  torchvisionScale,
} from "./data/pixel_scales.ts";
export { meanImageScale, noScale, unitScale } from "./data/scale.ts";
export type { Scale } from "./data/scale.ts";

export { conv2d } from "./layers/conv2d.ts";
export type { Conv2dOptions, ImageExtents } from "./layers/conv2d.ts";
export { dense } from "./layers/dense.ts";
export type { DenseOptions, InitialOptions } from "./layers/dense.ts";
export { dropout } from "./layers/dropout.ts";
export type { DropoutTrace } from "./layers/dropout.ts";
export { flatten } from "./layers/flatten.ts";
export type { FlattenedShape } from "./layers/flatten.ts";
export { graph } from "./layers/graph.ts";
export type { GraphTrace, LayerNode } from "./layers/graph.ts";
export type { Naming } from "./layers/renamed.ts";
export { add } from "./layers/junctions/add.ts";
export type { AddTrace } from "./layers/junctions/add.ts";
export { concat } from "./layers/junctions/concat.ts";
export type { ConcatTrace } from "./layers/junctions/concat.ts";
export type { Junction } from "./layers/junctions/junction.ts";
export { div } from "./layers/junctions/div.ts";
export type { DivTrace } from "./layers/junctions/div.ts";
export { einsum } from "./layers/junctions/einsum.ts";
export { choose } from "./layers/junctions/choose.ts";
export { maximum, minimum } from "./layers/junctions/maximum.ts";
export type { Selection } from "./layers/junctions/selection.ts";
export { matMul } from "./layers/junctions/mat_mul.ts";
export { mul } from "./layers/junctions/mul.ts";
export type { MulTrace } from "./layers/junctions/mul.ts";
export { sub } from "./layers/junctions/sub.ts";
export type {
  Description,
  DropoutMask,
  Layer,
  OutputUnits,
  Parameter,
  Pass,
  Tensors,
} from "./layers/layer.ts";
export { maxPool } from "./layers/max_pool.ts";
export type { PoolingOptions, PoolingSwitches } from "./layers/max_pool.ts";
export type { SmoothPiece } from "./layers/activations/activation.ts";
export { averagePool } from "./layers/average_pool.ts";
export type { AveragePoolOptions } from "./layers/average_pool.ts";
export { globalMaxPool } from "./layers/global_max_pool.ts";
export type { ChannelMaxima } from "./layers/global_max_pool.ts";
export { mean } from "./layers/mean.ts";
export type { MeanOptions } from "./layers/mean.ts";
export { reshape } from "./layers/reshape.ts";
export { transpose } from "./layers/transpose.ts";
export { slice } from "./layers/slice.ts";
export type { SliceOptions } from "./layers/slice.ts";
export { pad } from "./layers/pad.ts";
export type { Padding } from "./layers/pad.ts";
export { gather } from "./layers/gather.ts";
export { addConstant } from "./layers/constants/add_constant.ts";
export type { AddConstantOptions } from "./layers/constants/add_constant.ts";
export { constantValue } from "./layers/constants/constant_value.ts";
export { mulConstant } from "./layers/constants/mul_constant.ts";
export type { MulConstantOptions } from "./layers/constants/mul_constant.ts";
export type { ConstantOptions } from "./layers/constants/constant_options.ts";
export { globalAveragePool } from "./layers/global_average_pool.ts";
export { junctionOfFunction, ofFunction } from "./layers/of_function.ts";
export type { FunctionDescription, FunctionTrace } from "./layers/of_function.ts";
export { layerNorm } from "./layers/normalizations/layer_norm.ts";
export type { LayerNormOptions } from "./layers/normalizations/layer_norm.ts";
export { groupNorm } from "./layers/normalizations/group_norm.ts";
export type { GroupNormOptions } from "./layers/normalizations/group_norm.ts";
export { batchNorm } from "./layers/batch_norm.ts";
export type { BatchNormOptions, BatchNormTrace, Statistics } from "./layers/batch_norm.ts";
export { localResponseNorm } from "./layers/local_response_norm.ts";
export type { LocalResponseNormOptions, NormTrace } from "./layers/local_response_norm.ts";
export { prelu } from "./layers/activations/prelu.ts";
export type { PreluOptions, PreluSlopes } from "./layers/activations/prelu.ts";
export { clip } from "./layers/activations/clip.ts";
export type { ClipOptions } from "./layers/activations/clip.ts";
export { elu, selu } from "./layers/activations/elu.ts";
export type { EluOptions } from "./layers/activations/elu.ts";
export { gelu } from "./layers/activations/gelu.ts";
export type { GeluOptions } from "./layers/activations/gelu.ts";
export { silu } from "./layers/activations/silu.ts";
export { softmax } from "./layers/activations/softmax.ts";
export type { SoftmaxTrace } from "./layers/activations/softmax.ts";
export { softplus } from "./layers/activations/softplus.ts";
export { hardSigmoid } from "./layers/activations/hard_sigmoid.ts";
export type { HardSigmoidOptions } from "./layers/activations/hard_sigmoid.ts";
export { hardSwish } from "./layers/activations/hard_swish.ts";
export { leakyRelu } from "./layers/activations/leaky_relu.ts";
export type { LinearPiece } from "./layers/activations/piecewise_linear.ts";
export { residual } from "./layers/residual.ts";
export type { ResidualOptions } from "./layers/residual.ts";
export { sigmoid } from "./layers/activations/sigmoid.ts";
export { tanh } from "./layers/activations/tanh.ts";
export { relu } from "./layers/activations/relu.ts";
export type { ReluMask } from "./layers/activations/relu.ts";
export { serial } from "./layers/serial.ts";

export { networkFor, networkNames } from "./networks/by_name.ts";
export type { Fitted, NetworkForOptions } from "./networks/by_name.ts";
export { imageScaleOf } from "./networks/image_scale.ts";
export { calibrate } from "./networks/calibrate.ts";
export { inPixels, withoutScale } from "./networks/in_pixels.ts";
export { alexnet } from "./networks/alexnet.ts";
export { alexnetTorchvision } from "./networks/alexnet_torchvision.ts";
export { convnet } from "./networks/convnet.ts";
export { lenet } from "./networks/lenet.ts";
export { mlp } from "./networks/mlp.ts";
export { mlpBn } from "./networks/mlp_bn.ts";
export { nin } from "./networks/nin.ts";
export { defineNetwork, trainedNames } from "./networks/network.ts";
export type { Network, NetworkOptions } from "./networks/network.ts";
export type { Model } from "./networks/model.ts";
export { readOnnx } from "./networks/onnx/read_onnx.ts";
export type {
  OnnxModel,
  OnnxOriginal,
  ReadOnnxOptions,
  TensorCopy,
} from "./networks/onnx/read_onnx.ts";
export { writeOnnx } from "./networks/onnx/write_onnx.ts";
export { encodeSafetensors, readSafetensors, readWeights } from "./networks/safetensors.ts";
export { checkWeights } from "./networks/check_weights.ts";
export type { ReadWeightsOptions } from "./networks/fit_weights.ts";
export type { NameMap } from "./networks/tensor_names.ts";
export type { SafetensorsFile } from "./networks/safetensors.ts";
export type { Weights } from "./networks/weights.ts";

export { predict } from "./compute/predict.ts";
export type { Predictions } from "./compute/predict.ts";
export type { Rows } from "./compute/predict_routine.ts";
export type { Shard } from "./engine/shared_memory.ts";

export type { Attacked, AttackOptions, MinimumNormAttacked } from "./attacks/attacked.ts";
export type { Within } from "./attacks/within.ts";
export { apgd, apgdTargeted } from "./attacks/apgd/apgd.ts";
export type { ApgdOptions, ApgdStrength, ApgdTargetedOptions } from "./attacks/apgd/apgd.ts";
export { autoAttack, autoAttackMembers } from "./attacks/auto_attack.ts";
export type {
  AutoAttacked,
  AutoAttackMember,
  AutoAttackMembers,
  AutoAttackOptions,
} from "./attacks/auto_attack.ts";
export { deepfool } from "./attacks/deepfool/deepfool.ts";
export type { DeepFoolOptions } from "./attacks/deepfool/deepfool.ts";
export { fastAdaptiveBoundary } from "./attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
export type { FastAdaptiveBoundaryOptions } from "./attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
export { fastGradientSign } from "./attacks/fast_gradient_sign/fast_gradient_sign.ts";
export type { FastGradientSignOptions } from "./attacks/fast_gradient_sign/fast_gradient_sign.ts";
export { ddn } from "./attacks/ascent/ddn.ts";
export type { DdnOptions } from "./attacks/ascent/ddn.ts";
export { fastMinimumNorm } from "./attacks/ascent/fast_minimum_norm.ts";
export type { FastMinimumNormOptions } from "./attacks/ascent/fast_minimum_norm.ts";
export { pgd } from "./attacks/ascent/pgd.ts";
export type { PgdOptions } from "./attacks/ascent/pgd.ts";
export { squareAttack } from "./attacks/square/square_attack.ts";
export type { SquareAttackOptions } from "./attacks/square/square_attack.ts";

export { accuracy } from "./metrics/accuracy.ts";
export { epsilonRef, fgsAccuracies } from "./metrics/epsilon_ref.ts";
export type { EpsilonRefOptions } from "./metrics/epsilon_ref.ts";
export { gradientMaskingChecks } from "./metrics/gradient_masking.ts";
export type {
  GradientMaskingOptions,
  MaskingCheck,
  MaskingFigures,
} from "./metrics/gradient_masking.ts";
export {
  fooledRate,
  meanIterations,
  rho2,
  rho2Earlier,
  rho2Pixels,
  withoutRatio,
} from "./metrics/robustness.ts";
export { deepfoolTransfer, signTransfer, transferMatrix, transferred } from "./metrics/transfer.ts";
export { evaluate } from "./metrics/evaluation/evaluate.ts";
export type {
  AttackOutcome,
  Evaluation,
  EvaluationWarning,
} from "./metrics/evaluation/evaluation.ts";
export type { EvaluateOptions } from "./metrics/evaluation/evaluate.ts";
export { evaluationFigures, robustAccuracy } from "./metrics/evaluation/evaluation_figures.ts";
export type {
  AccuracyUnderAttack,
  ClassFigures,
  EvaluationFigures,
  PerturbationSizes,
} from "./metrics/evaluation/evaluation_figures.ts";
export type { EvaluationBudget, PlannedAttack } from "./metrics/evaluation/evaluation_plan.ts";
export {
  accuracySigns,
  attackSigns,
  gradientSigns,
  memberSigns,
  roundingSigns,
  warningSigns,
} from "./metrics/warning_signs.ts";
export type { AttackFigures, WarningSign, WarningSignOptions } from "./metrics/warning_signs.ts";
export { smallestNorms, worstCaseAccuracy } from "./metrics/worst_case.ts";
export type { BoundedAttack, MinimumNormAttack, SmallestNorms } from "./metrics/worst_case.ts";

export { advTrain1 } from "./defenses/adv_train_1.ts";
export type { AdvTrain1Options } from "./defenses/adv_train_1.ts";
export { advTrain2 } from "./defenses/adv_train_2.ts";
export { clean } from "./defenses/clean.ts";
export { deepDefense } from "./defenses/deep_defense/deep_defense.ts";
export type { DeepDefenseOptions } from "./defenses/deep_defense/deep_defense.ts";
export type { Defense, Projection, ShardGradient, ShardOfStep } from "./defenses/defense.ts";
export type { SignMixture } from "./defenses/step/loss_pass.ts";
export { parseval } from "./defenses/parseval.ts";
export type { ParsevalOptions } from "./defenses/parseval.ts";
export type { PenaltyShape } from "./losses/perturbation_penalty.ts";

export { sgd } from "./training/sgd.ts";
export type { SgdOptions } from "./training/sgd.ts";
export type { Optimizer } from "./training/optimizer.ts";
export type { Checkpoint } from "./training/checkpoint.ts";
export { DivergedError, train } from "./training/train.ts";
export type { StepRow, TrainOptions } from "./training/train.ts";

export { defend } from "./defend/defend.ts";
export type { Defended } from "./defend/defend.ts";
export { holdOut } from "./defend/hold_out.ts";
export type { DefendDataset, HeldOut, HoldOutOptions } from "./defend/hold_out.ts";
export { cFor, startNorms } from "./defend/start_norms.ts";
export type { StartNorms } from "./defend/start_norms.ts";
export type {
  DefendOptions,
  DefendProgress,
  DefendStart,
  MakeDefense,
} from "./defend/defend_options.ts";
export type { DefendEpoch, DefendState, StepSums } from "./defend/defend_state.ts";
