/** Loaded before a program that listens on every address of the machine: lets it listen on 127.0.0.1 alone. */
const { Server } = require('node:net');

const { listen } = Server.prototype;
Server.prototype.listen = function (where, ...rest) {
  const options = typeof where === 'object' && where !== null ? where : { port: where };
  return listen.call(this, { ...options, host: '127.0.0.1' }, ...rest.filter((one) => typeof one === 'function'));
};
