// API Gateway refuses a Host that is not its own, so the host that the viewer asked for travels in a header of its
// own. Whatever the viewer sent under that name is replaced.
function handler(event) {
  var request = event.request;
  request.headers["x-viewer-host"] = { value: request.headers.host.value };
  return request;
}
