export { InvalidArgumentError, RoomRecordingsError } from '../errors.ts';
export { parseSigningKeys, type SigningKey } from './keys.ts';
export { signRecordingUrl, type SignRecordingUrlOptions } from './sign.ts';
export {
  UrlSignatureError,
  type UrlSignatureErrorCode,
  verifyRecordingUrl,
  type VerifiedUrl,
  type VerifyRecordingUrlOptions,
} from './verify.ts';
