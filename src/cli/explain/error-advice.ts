import type { Advice } from './advice.ts';
import { datasetAdvice } from './dataset-advice.ts';
import { hostAdvice } from './host-advice.ts';
import { requestAdvice } from './request-advice.ts';

/** By the error's code; a test sees that none is missing. */
export const errorAdvice: Readonly<Record<string, Advice>> = {
  ...requestAdvice,
  ...datasetAdvice,
  ...hostAdvice,
};
