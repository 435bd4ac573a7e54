import { z } from 'zod';

/** Fields of answers whose form a reader of the document should see. */
export const shownAmount = () => z.string().meta({ example: '12.500000' });

export const shownCurrency = () => z.string().meta({ example: 'USD' });
