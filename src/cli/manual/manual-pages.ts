import { changePages } from './change-pages.ts';
import { lookPages } from './look-pages.ts';
import type { ManualPage } from './manual-page.ts';

/** By the command's name, as a person calls it. */
export const manualPages: Readonly<Record<string, ManualPage>> = { ...lookPages, ...changePages };
