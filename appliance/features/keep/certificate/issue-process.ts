/** The process in which certificates are made, one each; see issuer.ts. */
import { messageOf } from '../../../core/errors.ts';
import { issue, type Order } from './issue.ts';

process.once('message', (order) => {
  const tell = (answer: object) => process.send?.(answer, () => process.disconnect());
  issue(order as Order).then(
    // sent by issueInProcess
    (made) => tell({ made }),
    (error: unknown) => tell({ failure: messageOf(error) }),
  );
});
