/** For Node, as the image starts the product (Dockerfile): a code cache fits only the flags that it was written with. */
export const startFlags = ['--optimize-for-size'] as const;
