// A path without a file ending is a page of the web app, which finds its way itself.
function handler(event) {
  var request = event.request;
  var lastPart = request.uri.substring(request.uri.lastIndexOf("/") + 1);
  if (lastPart.indexOf(".") === -1) {
    request.uri = "/index.html";
  }
  return request;
}
