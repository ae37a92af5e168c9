/**
 * Signing in: the operator's token, once; after that a cookie stands for it.
 */

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { barred, signIn, signingIn } from '../ask.ts';

export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const wanted = signingIn.value;

  useEffect(() => {
    if (wanted && !dialog.current?.open) {
      setWrong(null);
      dialog.current?.showModal();
    }
    if (!wanted) dialog.current?.close();
  }, [wanted]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const refused = await signIn(String(new FormData(form).get('token') ?? ''));
    setWrong(refused);
    if (refused !== null) return;
    form.reset();
    signingIn.value = null;
    wanted?.goOn();
  };
  const cancel = () => {
    signingIn.value = null;
  };

  return html`<dialog ref=${dialog} class="sign-in" aria-labelledby="sign-in-title" onClose=${cancel}>
    <form onSubmit=${submit}>
      <h2 id="sign-in-title">Sign in as the operator</h2>
      <p>${barred.value ? 'From another machine, looking needs' : 'Looking is free; commands need'} the token from the file <code>api.token</code> in the data folder. The service makes a new one at each start.</p>
      <label for="token">Operator token</label>
      <input id="token" name="token" type="password" autocomplete="off" required spellcheck=${false} aria-invalid=${wrong !== null} aria-describedby="sign-in-wrong" />
      <p id="sign-in-wrong" class="wrong" role="alert">${wrong}</p>
      <div class="actions">
        <button type="button" onClick=${cancel}>Cancel</button>
        <button type="submit" class="primary">Sign in</button>
      </div>
    </form>
  </dialog>`;
}
