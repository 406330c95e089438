/** What a constant of a layer is. */
export interface ConstantOptions {
  /** Whether it is trained; false unless given: then it is a buffer. */
  readonly trained?: boolean;
  /** What it begins with; what changes nothing unless given: 0 where it is added, 1 where it is multiplied. */
  readonly initial?: number;
}
