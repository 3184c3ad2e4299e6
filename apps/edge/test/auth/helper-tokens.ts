import { base64url } from 'jose';

/** The texts of a token before it is signed. */
interface TokenTexts {
  readonly name: string;
  readonly header: string;
  readonly payload: string;
}

/** The values of each token. */
interface TokenValues {
  readonly apiKey: string;
  readonly account: string;
  readonly room: string;
  /** The time of issue, seconds since 1970. */
  readonly seconds: number;
}

/**
 * Creates the header and the payload of a Video Access Token in the form of each of Twilio's helper libraries, with the same order of
 * members, claims, numbers and escapes. All tokens last for an hour, and only that of twilio-node has an `iat`.
 *
 * The sources, as of November 2026. The encoding library decides the order of the header.
 * - twilio-node `src/jwt/AccessToken.ts`, jsonwebtoken `sign.js`
 * - twilio-python `twilio/jwt/__init__.py`, `twilio/jwt/access_token/__init__.py`; PyJWT `jwt/api_jws.py` sorts headers
 * - twilio-java `src/main/java/com/twilio/jwt/Jwt.java`, `…/accesstoken/AccessToken.java`; jjwt `DefaultJwtBuilder.java` adds
 *   `alg` last, and the float of `jti` has steps of 128 s
 * - twilio-csharp `src/Twilio/JWT/BaseJwt.cs`, `src/Twilio/JWT/AccessToken/Token.cs`; `JwtHeader.cs` of Microsoft's library
 * - twilio-php `src/Twilio/Jwt/AccessToken.php`, `src/Twilio/Jwt/JWT.php`; `json_encode` escapes slashes
 * - twilio-ruby `lib/twilio-ruby/jwt/access_token.rb`, `lib/twilio-ruby/jwt/jwt.rb`; `twr` is null without a region
 * - twilio-go `client/jwt/access_token.go`; `encoding/json` sorts the members of maps and escapes `&`
 */
export function createHelperTokens({ apiKey, account, room, seconds }: TokenValues): readonly TokenTexts[] {
  const jti = `${apiKey}-${seconds}`;
  const exp = seconds + 3600;
  const escaped = room.replaceAll('/', '\\/');
  return [
    {
      name: 'twilio-node',
      header: '{"alg":"HS256","typ":"JWT","cty":"twilio-fpa;v=1"}',
      payload: `{"jti":"${jti}","grants":{"identity":"alice","video":{"room":"${room}"}},"iat":${seconds},"exp":${exp},"iss":"${apiKey}","sub":"${account}"}`,
    },
    {
      name: 'twilio-python',
      header: '{"alg":"HS256","cty":"twilio-fpa;v=1","typ":"JWT"}',
      payload: `{"jti":"${jti}","grants":{"video":{"room":"${room}"},"identity":"alice"},"iss":"${apiKey}","exp":${exp},"nbf":${seconds},"sub":"${account}"}`,
    },
    {
      name: 'twilio-python with older PyJWT and floats',
      header: '{"typ":"JWT","alg":"HS256","cty":"twilio-fpa;v=1"}',
      payload: `{"jti":"${jti}","grants":{"video":{"room":"${room}"},"identity":"alice"},"iss":"${apiKey}","exp":${exp}.336421,"nbf":${seconds}.0,"sub":"${account}"}`,
    },
    {
      name: 'twilio-python with nbf=None',
      header: '{"alg":"HS256","cty":"twilio-fpa;v=1","typ":"JWT"}',
      payload: `{"jti":"${jti}","grants":{"video":{"room":"${room}"},"identity":"alice"},"iss":"${apiKey}","exp":${exp},"sub":"${account}"}`,
    },
    {
      name: 'twilio-java',
      header: '{"cty":"twilio-fpa;v=1","typ":"JWT","alg":"HS256"}',
      payload: `{"iss":"${apiKey}","exp":${exp},"grants":{"identity":"alice","video":{"room":"${room}"}},"jti":"${apiKey}-${Math.fround(seconds)}","sub":"${account}"}`,
    },
    {
      name: 'twilio-java with an nbf and a region',
      header: '{"cty":"twilio-fpa;v=1","typ":"JWT","twr":"ie1","alg":"HS256"}',
      payload: `{"iss":"${apiKey}","exp":${exp},"grants":{"identity":"alice","video":{"room":"${room}"}},"jti":"${apiKey}-${Math.fround(seconds)}","sub":"${account}","nbf":${seconds}}`,
    },
    {
      name: 'twilio-csharp',
      header: '{"alg":"HS256","typ":"JWT","cty":"twilio-fpa;v=1"}',
      payload: `{"iss":"${apiKey}","exp":${exp},"jti":"${jti}","sub":"${account}","grants":{"identity":"alice","video":{"room":"${room}"}}}`,
    },
    {
      name: 'twilio-csharp with an nbf',
      header: '{"alg":"HS256","typ":"JWT","cty":"twilio-fpa;v=1"}',
      payload: `{"iss":"${apiKey}","exp":${exp},"jti":"${jti}","sub":"${account}","nbf":${seconds},"grants":{"identity":"alice","video":{"room":"${room}"}}}`,
    },
    {
      name: 'twilio-php',
      header: '{"typ":"JWT","alg":"HS256","cty":"twilio-fpa;v=1"}',
      payload: `{"jti":"${jti}","iss":"${apiKey}","sub":"${account}","exp":${exp},"grants":{"identity":"al\\u00efce\\/1","video":{"room":"${escaped}"}}}`,
    },
    {
      name: 'twilio-php with another claim and an nbf',
      header: '{"typ":"JWT","alg":"HS256","cty":"twilio-fpa;v=1","twr":"ie1"}',
      payload: `{"tenant":"one","jti":"${jti}","iss":"${apiKey}","sub":"${account}","exp":${exp},"grants":{"identity":"alice","video":{"room":"${escaped}"}},"nbf":${seconds}}`,
    },
    {
      name: 'twilio-ruby',
      header: '{"cty":"twilio-fpa;v=1","twr":null,"typ":"JWT","alg":"HS256"}',
      payload: `{"jti":"${jti}","grants":{"identity":"alice","video":{"room":"${room}"}},"iss":"${apiKey}","nbf":${seconds},"exp":${exp},"sub":"${account}"}`,
    },
    {
      name: 'twilio-go',
      header: '{"alg":"HS256","cty":"twilio-fpa;v=1","typ":"JWT"}',
      payload: `{"exp":${exp},"grants":{"identity":"alice\\u0026bob","video":{"room":"${room}"}},"iss":"${apiKey}","jti":"${jti}","nbf":${seconds},"sub":"${account}"}`,
    },
    {
      // https://www.twilio.com/docs/iam/access-tokens. The decoded text there has an iat, the encoded token does not.
      name: 'the encoded example of Twilio’s docs',
      header: '{"typ":"JWT","alg":"HS256","cty":"twilio-fpa;v=1"}',
      payload: `{"jti":"${jti}","iss":"${apiKey}","sub":"${account}","nbf":${seconds},"exp":${exp},"grants":{"identity":"user@example.com","video":{"room":"${room}"}}}`,
    },
    {
      name: 'a token with neither iat nor nbf nor jti',
      header: '{"typ":"JWT","alg":"HS256","cty":"twilio-fpa;v=1"}',
      payload: `{"iss":"${apiKey}","sub":"${account}","exp":${exp},"grants":{"video":{"room":"${room}"}}}`,
    },
  ];
}

/** Signs the texts by HMAC and SHA-256 without changing them. */
export async function signTokenTexts(
  { header, payload }: Pick<TokenTexts, 'header' | 'payload'>,
  secret: string,
): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = (text: string) => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey('raw', bytes(secret), algorithm, false, ['sign']);
  const input = [header, payload].map((text) => base64url.encode(text)).join('.');
  const signature = await crypto.subtle.sign(algorithm, key, bytes(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}
