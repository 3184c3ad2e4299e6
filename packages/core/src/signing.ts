export { UrlSignatureError, type UrlSignatureErrorCode } from './signing/error.ts';
export { readSigningKeys, type SigningKey } from './signing/keys.ts';
export { signRecordingUrl, type SignRecordingUrlOptions } from './signing/sign.ts';
export { verifyRecordingUrl, type SignedUrl, type VerifyRecordingUrlOptions } from './signing/verify.ts';
