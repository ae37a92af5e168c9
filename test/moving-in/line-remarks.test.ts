import { describe, expect, it } from 'vitest';
import { remarksOnLine } from '../../src/moving-in/line-remarks.ts';

const about = (line: string) => remarksOnLine(line).map((remark) => remark.split(' ', 1)[0]);

describe('a line', () => {
  it.each<[string, string]>([
    ['nohup /opt/serve.sh > /dev/null 2>&1 &', '&'],
    ['(sleep 60; /opt/late.sh) & echo "a & b"', '&'],
    ['wait; /opt/serve.sh & disown', '&'],
    ['/opt/a.sh& ', '&'],
    ['bash -c "setsid /opt/serve.sh"', 'setsid'],
    ['/sbin/start-stop-daemon --start --background --exec /opt/serve', '/sbin/start-stop-daemon'],
    ['tmux new-session -d /opt/serve.sh', 'tmux'],
    ['screen -dmS serve /opt/serve.sh', 'screen'],
  ])('that leaves something running is said to: %s', (line, starter) => {
    expect(about(line)).toEqual([starter]);
  });

  it.each([
    ['cd /srv && sudo -u www /opt/x.sh', 'sudo'],
    ['flock -n /tmp/x nice -n 19 /usr/bin/sudo reboot', 'sudo'],
    ['ENV=1 su www -c /opt/x.sh', 'su'],
    ['df -h | mail -s disks ada', 'mail'],
  ])('that takes rights is said to: %s', (line, program) => {
    expect(about(line)).toEqual([program]);
  });

  it.each([
    '/opt/x.sh > /dev/null 2>&1',
    '/opt/x.sh &> x.log && /opt/y.sh |& cat',
    "curl 'https://example.com/?a=1&b=2'",
    '/opt/a.sh & /opt/b.sh & wait',
    'setsid --wait /opt/x.sh',
    'grep sudo /var/log/auth.log',
    'nohup /opt/x.sh # in the background with &',
  ])('that does neither has nothing said about it: %s', (line) => {
    expect(remarksOnLine(line)).toEqual([]);
  });
});
