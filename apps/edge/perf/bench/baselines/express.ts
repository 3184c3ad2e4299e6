import process from 'node:process';
import apicache from 'apicache';
import cors from 'cors';
import express from 'express';
import twilio from 'twilio';

// A typical app for the same purpose: Express with cors, apicache and Twilio's own client.
const [port = '', twilioPort = ''] = process.argv.slice(2);

// Twilio's client calls a fixed host, which is replaced by the fake Twilio.
const httpClient = new twilio.RequestClient();
httpClient.axios.interceptors.request.use((config) => {
  config.url = config.url?.replace('https://video.twilio.com', `http://127.0.0.1:${twilioPort}`) ?? '';
  return config;
});

const client = twilio('SK', 'secret', { accountSid: `AC${'a'.repeat(32)}`, httpClient });
const app = express();
app.use(cors());
// Express handles a rejected promise.
app.get('/v1/Rooms/:roomSid/Recordings/:sid', apicache.middleware('1 hour'), (request, response) => {
  const { roomSid, sid } = request.params;
  const fetched = client.video.v1.rooms(roomSid).recordings(sid).fetch();
  return fetched.then((recording) => void response.json(recording));
});
app.listen(Number(port), '127.0.0.1', () => process.stdout.write('express is listening\n'));
