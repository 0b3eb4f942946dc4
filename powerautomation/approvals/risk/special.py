"""Which programs are judged by more than their entry in the catalog."""

from collections.abc import Mapping

from powerautomation.approvals.risk import built_in, files, network, runners, services
from powerautomation.approvals.risk.walk import Special

SPECIAL: Mapping[str, Special] = {
    "shell": runners.shell,
    "interpreter": runners.interpreter,
    "wrapper": runners.wrapper,
    "env": built_in.env,
    "sudo": runners.sudo,
    "builtin": built_in.builtin,
    "source": built_in.source,
    "echo": built_in.echo,
    "pwd": built_in.folder,
    "change_folder": built_in.change_folder,
    "cat": built_in.cat,
    "find": files.find,
    "fd": files.fd,
    "sed": files.sed,
    "awk": files.awk,
    "tar": files.tar,
    "dd": files.dd,
    "curl": network.curl,
    "httpie": network.httpie,
    "nc": network.connect,
    "ssh": network.ssh,
    "remote_copy": network.remote_copy,
    "git": services.git,
    "docker": services.docker,
    "cloud": services.cloud,
    "sql": services.sql,
    "targets": services.target,
    "at": services.at,
    "kill": services.kill,
    "editor": files.editor,
    "tmux": services.tmux,
    "chmod": files.chmod,
}
