import { createTransport } from 'nodemailer';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
  /** Left of the `@` of the message's id: the same mail sent twice is known by it. */
  readonly idWord: string;
}

/** Something that takes mails; rejects when it did not. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** All of it together is far less than a notice is claimed for. */
const TIMEOUTS = {
  connectionTimeout: 10_000,
  dnsTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
};

/**
 * Sends mails over one SMTP server (`smtp://` or `smtps://`, RFC 5321). Addresses are handed over as
 * such and never as text, which could name several.
 */
export function smtpMailer(url: string, from: string): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS,
  });
  const domain = from.slice(from.indexOf('@') + 1);
  return {
    send: async ({ to, subject, text, idWord }) => {
      await transport.sendMail({
        from: { name: '', address: from },
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${idWord}@${domain}>`,
        // RFC 3834: nobody's holiday reply is wanted.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => {
      transport.close();
    },
  };
}

/** The mail server's last word on a recipient or a message: a later attempt would get the same. */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  const status: unknown = Reflect.get(error, 'responseCode');
  const isOfThisMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return isOfThisMail && typeof status === 'number' && status >= 500;
}
