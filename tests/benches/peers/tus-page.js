// tus-js-client as a page uses it: the file of the input, in one request unless something breaks it off.

import { Upload } from "tus-js-client";

window.send = (endpoint) =>
  new Promise((onSuccess, onError) => {
    const [file] = document.querySelector("input").files;
    new Upload(file, { endpoint, onSuccess, onError, metadata: { filetype: file.type } }).start();
  });
