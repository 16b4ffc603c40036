/** Sum of the samples whose line is like that; 0 where there is none. */
export function sample(metrics: string, line: RegExp): number {
  const lines = metrics.split('\n').filter((each) => line.test(each));
  return lines.reduce((sum, each) => sum + Number(each.slice(each.lastIndexOf(' ') + 1)), 0);
}
