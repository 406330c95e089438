/** The options of a layer's constant. */
export interface ConstantOptions {
  /** Whether it is trained; false unless given: then it is a buffer. */
  readonly trained?: boolean;
  /** Its initial value; unless given, one that changes nothing: 0 where it is added, 1 where it is multiplied. */
  readonly initial?: number;
}
