export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A straight line through points, and how sure its slope is. */
export interface Fit {
  readonly slope: number;
  /** Half the width of the slope's 95 % confidence interval. */
  readonly slopeError: number;
  readonly intercept: number;
}

/**
 * Least squares. The error is that of independent residuals, times two: of 20 points and more, that is 95 %.
 * @throws RangeError for fewer than three points, or where all have the same x
 */
export function fitLine(points: readonly Point[]): Fit {
  const count = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count;
  const spreadX = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (count < 3 || spreadX === 0) throw new RangeError('no line goes through these points');
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spreadX;
  const intercept = meanY - slope * meanX;
  const residuals = points.reduce((sum, { x, y }) => sum + (y - intercept - slope * x) ** 2, 0);
  const slopeError = 2 * Math.sqrt(residuals / (count - 2) / spreadX);
  return { slope, slopeError, intercept };
}
