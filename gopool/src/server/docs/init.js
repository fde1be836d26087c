"use strict";
// Shows the document that lies beside this script. `validatorUrl`: nobody else is asked what they think of it.
SwaggerUIBundle({
  url: new URL("openapi.json", document.currentScript.src).href,
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  onComplete: () => { document.body.dataset.docs = "shown"; },
});
