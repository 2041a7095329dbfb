import { Alert, Button, Card, CardBody, CardTitle, Form, FormGroup, TextInput, Title } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTitle } from "../parts/page.tsx";
import { messageOf } from "../server/actions.tsx";
import { pageKey, useServer } from "../server/server.tsx";
import { wantedPage } from "../server/wanted-page.ts";

/** By the one-time link that `lodge console-url` prints, or by what is in it. */
export function SignIn() {
  useTitle("Sign in");
  const { client } = useServer();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const begun = useRef(false);
  // Whoever signs out takes the key away.
  const hadSession = pageKey.get() !== undefined;

  const signIn = useCallback(
    async (given: string) => {
      setProblem(undefined);
      try {
        const { page_key } = await client.console.signIn(given.slice(given.indexOf("#") + 1).trim());
        pageKey.set(page_key);
        cache.clear();
        const wanted = wantedPage.take();
        if (wanted) location.replace(wanted);
        else await navigate({ to: "/", replace: true });
      } catch (error) {
        setProblem(messageOf(error));
      }
    },
    [client, cache, navigate],
  );

  useEffect(() => {
    const { hash, pathname } = location;
    if (hash.length < 2 || begun.current) return;
    // A link is good once: not even the browser's history keeps it.
    begun.current = true;
    history.replaceState(history.state, "", pathname);
    void signIn(hash);
  }, [signIn]);

  return (
    <main className="lodge-sign-in">
      <Card isLarge>
        <CardTitle>
          <Title headingLevel="h1" size="2xl">
            <img src="/ui/lodge.svg" alt="" width="40" height="40" />
            Sign in to Lodge
          </Title>
        </CardTitle>
        <CardBody>
          {hadSession && (
            <Alert variant="info" isInline title="Your session has ended">
              A session is good for twelve hours, and while the server trusts you. Sign in anew, and go on where you
              were.
            </Alert>
          )}
          <p>
            Run <code>lodge console-url</code> on the host, and open the link that it prints, or paste it here. It is
            good for one sign-in within ten minutes.
          </p>
          <Form
            onSubmit={(event) => {
              event.preventDefault();
              void signIn(text);
            }}
          >
            <FormGroup label="Link or token" fieldId="token">
              <TextInput
                id="token"
                type="password"
                autoComplete="off"
                value={text}
                onChange={(_event, value) => setText(value)}
              />
            </FormGroup>
            {problem && (
              <Alert variant="danger" isInline isLiveRegion title="You are not signed in">
                {problem}
              </Alert>
            )}
            <Button type="submit" isDisabled={text.trim() === ""}>
              Sign in
            </Button>
          </Form>
          <p className="lodge-hint">
            A browser that shows a client certificate which the server trusts (<code>lodge config trust add</code>) is
            signed in without a link.
          </p>
        </CardBody>
      </Card>
    </main>
  );
}
