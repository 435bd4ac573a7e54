/** Text of others for columns that people read: printable ASCII, cut to fit. */
export function asciiText(text: string, length: number): string {
  return text.slice(0, length).replace(/[^\x20-\x7e]/g, '?');
}

/** Words of FreeSWITCH, such as causes; whatever else arrives is made to fit the column. */
export function asciiWord(text: string, length: number): string {
  return text.slice(0, length).replace(/[^\x21-\x7e]/g, '?');
}
