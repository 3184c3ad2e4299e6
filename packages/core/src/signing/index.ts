export { UrlSignatureError, type UrlSignatureErrorCode } from './error.ts';
export { parseSigningKeys, type SigningKey } from './keys.ts';
export { signRecordingUrl, type SignRecordingUrlOptions } from './sign.ts';
export { verifyRecordingUrl, type VerifiedUrl, type VerifyRecordingUrlOptions } from './verify.ts';
