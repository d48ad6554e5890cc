/** What a message is, as the control API shows it. */

/** Whether it is no writing but says what somebody did. */
export const isService = (message) => Boolean(message.pins || message.topic_created || message.topic_edited);
