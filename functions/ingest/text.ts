/** The first characters of a text, at most `length` UTF-16 code units. Doesn't split a surrogate pair. */
export function beginning(text: string, length: number): string {
    if (text.length <= length) return text;
    const last = text.charCodeAt(length - 1);
    const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
    return text.slice(0, isHighSurrogate ? length - 1 : length);
}
