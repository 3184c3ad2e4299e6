export { UrlSignatureError, type UrlSignatureErrorCode } from './signing/error.ts';
export { parseSigningKeys, type SigningKey } from './signing/keys.ts';
export { signRecordingUrl, type SignRecordingUrlOptions } from './signing/sign.ts';
export { verifyRecordingUrl, type VerifiedUrl, type VerifyRecordingUrlOptions } from './signing/verify.ts';
