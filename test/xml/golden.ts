import { goldenFiles } from '../support/golden.js';

/** Compares byte for byte with `golden/<name>`; with `UPDATE_GOLDEN=1` it writes the file instead. */
export const expectGolden = goldenFiles('xml/golden');
