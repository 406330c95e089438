/** What a constant of a layer is. */
export interface ConstantOptions {
  /** Whether it is trained; a buffer unless said so. */
  readonly trained?: boolean;
  /** What it begins with. */
  readonly initial?: number;
}
