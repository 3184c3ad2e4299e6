export { InvalidArgumentError, RoomRecordingsError } from '../errors.ts';
export { parseSigningKeys, type SigningKey } from './keys.ts';
export { signRecordingUrl, signRoomUrl, type SignUrlOptions } from './sign.ts';
export {
  UrlSignatureError,
  type UrlSignatureErrorCode,
  type VerifiedUrl,
  verifyUrl,
  type VerifyUrlOptions,
} from './verify.ts';
