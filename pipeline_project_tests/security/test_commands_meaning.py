"""A rule that denies or asks holds for what its author meant, in every spelling; one that allows does not."""

import pytest

from pipeline_project.security import commands

# rule, what it makes of each line beside `allow: [Bash]`, lines
MEANT = [
    (
        "Bash(rm -rf *)",
        "deny",
        [
            "rm -rf x",
            "rm -fr x",
            "rm -r -f x",
            "/bin/rm -rf x",
            "rm --recursive --force x",
            "rm x -rf",
            "rm -Rf x",
            "rm -rfv x",
            "rm --rec --forc x",
            "sudo rm -f -r x",
            "rm -f x -r y",
            "../bin/rm -fr x",
            "rm -r x --force",
            "find . | xargs rm -r -f",
            "rm -rf",
            "rm -rf --no-preserve-root /",
            "\\rm -fr x",
            "busybox rm -fr x",
            "nice rm -fR x",
            "rm -rf$X y",
        ],
    ),
    (
        "Bash(rm -rf *)",
        "allow",
        ["rm x", "rm -r x", "rm -f x", "rm -- -rf", "rm -r -- -f", "git rm -rf x", "echo rm -rf x", "ls -rf"],
    ),
    ("Bash(rm -rf *)", "ask", ["rm -r $X", "rm $X", "rm $F x"]),
    (
        "Bash(rm -rf /)",
        "deny",
        [
            "rm -rf /",
            "rm -fr /",
            "rm -rf //",
            "rm -rf /.",
            "rm -r --force /",
            "rm -rfv /",
            "rm -rf --no-preserve-root /",
            "rm / -rf",
            "rm -rf /tmp/..",
        ],
    ),
    ("Bash(rm -rf /)", "allow", ["rm -rf /tmp", "rm -rf x"]),
    ("Bash(rm -rf /)", "ask", ["rm -rf /*", "rm -rf $X"]),
    ("Bash(rm:*)", "deny", ["rm x", "rm", "/usr/bin/rm x"]),
    (
        "Bash(git push --force *)",
        "deny",
        [
            "git push -f",
            "git push origin main --force",
            "git push --force",
            "git -C x push origin -f",
            "git push -uf origin x",
            "git -c a.b=c push --forc",
            "git push origin +x -f",
        ],
    ),
    (
        "Bash(git push --force *)",
        "allow",
        [
            "git push origin main",
            "git push --force-with-lease",
            "git push -u origin HEAD",
            "git pull --force",
            "git commit -m 'push --force'",
            "git push -o force x",
        ],
    ),
    ("Bash(git push -f:*)", "deny", ["git push --force", "git push origin -f"]),
    ("Bash(git push)", "allow", ["git push --tags", "git push origin"]),
    ("Bash(git push)", "deny", ["git push"]),
    ("Bash(git checkout -- *)", "deny", ["git checkout -- x", "git checkout -q -- x"]),
    ("Bash(git checkout -- *)", "allow", ["git checkout main", "git checkout -b x"]),
    (
        "Bash(git branch -D *)",
        "deny",
        ["git branch -D x", "git branch -d -f x", "git branch --delete --force x", "git branch x -D"],
    ),
    ("Bash(git branch -D *)", "allow", ["git branch -d x", "git branch -a"]),
    ("Bash(git clean -fd *)", "deny", ["git clean -df", "git clean -d --force", "git clean -xdf"]),
    ("Bash(git reset --hard *)", "deny", ["git reset HEAD~1 --hard", "git reset -q --hard", "git reset --hard"]),
    ("Bash(git reset --hard *)", "allow", ["git reset x", "git reset --soft x"]),
    ("Bash(git reset --hard *)", "ask", ["git reset --har x"]),
    ("Bash(git commit -m *)", "deny", ["git commit -am x", "git commit --message=x", "git commit -a -m x"]),
    (
        "Bash(curl -X POST *)",
        "deny",
        [
            "curl -X POST u",
            "curl u -X POST",
            "curl -XPOST u",
            "curl --request POST u",
            "curl -sXPOST u",
            "curl --request=POST -s u",
        ],
    ),
    ("Bash(curl -X POST *)", "allow", ["curl u", "curl -X GET u", "curl POST", "curl -s POST -X GET u"]),
    ("Bash(curl -O *)", "allow", ["curl -XPOST u", "curl -o OUT u"]),
    (
        "Bash(npm publish *)",
        "deny",
        ["npm publish", "npm --silent publish", "npm publish --access public", "npm --prefix x publish"],
    ),
    ("Bash(npm publish *)", "allow", ["npm run publish", "npm install publish", "npm view publish"]),
    ("Bash(npm publish)", "allow", ["npm publish --access public"]),
    (
        "Bash(kubectl delete *)",
        "deny",
        [
            "kubectl -n prod delete pod x",
            "kubectl --context=x delete ns y",
            "kubectl delete x",
            "kubectl --context x delete y",
        ],
    ),
    ("Bash(kubectl delete *)", "allow", ["kubectl get pods", "kubectl get delete", "kubectl -n delete get pods"]),
    (
        "Bash(kill -9 *)",
        "deny",
        ["kill -9 1", "kill -KILL 1", "kill -SIGKILL 1", "kill -s KILL 1", "kill -s 9 1", "kill -n 9 1", "kill 1 -9"],
    ),
    ("Bash(kill -9 *)", "allow", ["kill 9", "kill -15 9", "kill -TERM 1", "kill 1"]),
    (
        "Bash(docker run --privileged *)",
        "deny",
        [
            "docker run -it --privileged img",
            "docker --debug run --privileged img",
            "docker run --rm img --privileged",
            "docker -H tcp://x run --privileged img",
        ],
    ),
    (
        "Bash(docker run -v /:/host *)",
        "deny",
        [
            "docker run -v /:/host x",
            "docker run --volume=/:/host x",
            "docker run --rm -it -v/:/host x",
            "docker run --volume /:/host x",
        ],
    ),
    ("Bash(docker run -v /:/host *)", "allow", ["docker run -v /x:/host x", "docker run x"]),
    ("Bash(chmod 777 *)", "deny", ["chmod 777 x", "chmod -R 777 x", "chmod --recursive 777 x"]),
    ("Bash(chmod 777 *)", "allow", ["chmod 644 x", "chmod +x 777"]),
    ("Bash(chmod -R 777 *)", "deny", ["chmod 777 -R x", "chmod --recursive 777 x", "chmod -vR 777 x"]),
    (
        "Bash(pip install *)",
        "deny",
        ["pip3 install x", "pip --quiet install x", "/usr/bin/pip install x", "pip3.11 install x"],
    ),
    ("Bash(python -c *)", "deny", ["python3 -c x", "python -Ic x", "python3.11 -B -c x"]),
    ("Bash(python2 *)", "allow", ["python3 x.py"]),
    (
        "Bash(terraform apply -auto-approve *)",
        "deny",
        ["terraform -chdir=x apply -auto-approve", "terraform apply x -auto-approve"],
    ),
    ("Bash(terraform apply -auto-approve *)", "allow", ["terraform apply", "terraform plan"]),
    ("Bash(find * -delete)", "deny", ["find . -name x -delete", "find -delete", "find . -delete -print"]),
    ("Bash(find * -delete)", "allow", ["find . -type d -empty -name lete"]),
    ("Bash(cat secret)", "deny", ["cat ./secret", "cat secret", "cat a/../secret"]),
    ("Bash(cat secret)", "allow", ["cat secrets", "cat x/secret"]),
    (
        "Bash(./deploy.sh --prod *)",
        "deny",
        ["./deploy.sh --prod", "./deploy.sh a --prod", "bash deploy.sh --prod", "bash ./deploy.sh x --prod"],
    ),
    ("Bash(./deploy.sh --prod *)", "allow", ["./deploy.sh --dev", "other/deploy.sh --prod"]),
    (
        "Bash(sed -i *)",
        "deny",
        [
            "sed -i s/a/b/ f",
            "sed -Ei s/a/b/ f",
            "sed --in-place=.bak s/a/b/ f",
            "sed s/a/b/ f -i",
            "sed -i.bak s/a/b/ f",
        ],
    ),
    ("Bash(sed -i *)", "allow", ["sed s/a/b/ f", "sed -n 1p f", "sed -e i f", "sed -nei f"]),
    ("Bash(tar -x *)", "deny", ["tar -xzf a", "tar --extract -f a"]),
    (
        "Bash(apt-get install -y *)",
        "deny",
        ["apt-get -y install x", "apt-get install x -y", "apt-get --yes install x", "apt-get -qy install x"],
    ),
    ("Bash(sudo *)", "deny", ["sudo ls", "/usr/bin/sudo -u x ls"]),
    ("Bash(git push * main)", "deny", ["git push origin main", "git push -f origin main", "git push origin main -f"]),
    ("Bash(git push * main)", "allow", ["git push origin dev"]),
    ("Bash(rm -rf*)", "deny", ["rm -fr x", "rm -rfv x", "rm -r -f x"]),
    ("Bash(git log -1 *)", "allow", ["git log -10"]),
    ("Bash(* --force *)", "deny", ["git push --force x"]),
    ("Bash(aws s3 rm *)", "deny", ["aws --profile p s3 rm x", "aws s3 rm x"]),
]


@pytest.mark.parametrize(
    ("rule", "verdict", "line"), [(rule, verdict, line) for rule, verdict, lines in MEANT for line in lines]
)
def test_a_deny_rule_means_its_command_in_every_spelling_and_no_other(rule, verdict, line):
    found = commands.judge(line, allow=["Bash"], deny=[rule])
    assert found.verdict == verdict, found.reason


def test_an_ask_rule_means_as_much():
    assert commands.judge("git push origin main -f", allow=["Bash"], ask=["Bash(git push --force *)"]).verdict == "ask"
    assert commands.judge("git push origin main", allow=["Bash"], ask=["Bash(git push --force *)"]).verdict == "allow"


@pytest.mark.parametrize("line", ["rm -fr x", "rm --recursive --force x", "rm x -rf", "./rm -rf x"])
def test_an_allow_rule_is_its_text(line):
    assert commands.judge(line, allow=["Bash(rm -rf *)"]).verdict == "ask"
    assert commands.judge("rm -rf x", allow=["Bash(rm -rf *)"]).verdict == "allow"


def test_a_line_of_many_options_is_judged_all_the_same():
    line = "rm " + "-v " * 5_000 + "-fr x"
    assert commands.judge(line, allow=["Bash"], deny=["Bash(rm -rf *)"]).verdict != "allow"
