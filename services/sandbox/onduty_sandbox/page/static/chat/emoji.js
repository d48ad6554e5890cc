/** Emoji that are old characters: without a variation selector some fonts draw them as letters. */

const SELECTOR = "\uFE0F";
const OFTEN_A_LETTER = /^(?!\p{Emoji_Presentation})\p{Emoji}$/u;

/** As Telegram's clients draw it; what is sent stays without the selector. */
export const drawnEmoji = (emoji) => (OFTEN_A_LETTER.test(emoji) ? emoji + SELECTOR : emoji);
