from evidence.reviewers.roles import MAY, Act, Role, may


def test_everybody_has_a_line_in_the_table() -> None:
    assert set(MAY) == set(Role)


def test_an_auditor_sees_histories_and_nothing_that_was_sent() -> None:
    assert may(Role.AUDITOR, Act.SEE_TIPS)
    assert may(Role.AUDITOR, Act.SEE_CASES)
    for act in set(Act) - {Act.USE_OWN_ACCOUNT, Act.SEE_TIPS, Act.SEE_CASES}:
        assert not may(Role.AUDITOR, act), act


def test_each_step_up_may_do_all_the_step_below_may() -> None:
    assert MAY[Role.REVIEWER] < MAY[Role.INVESTIGATOR] < MAY[Role.SUPERVISOR]


def test_only_investigators_and_supervisors_write_in_cases() -> None:
    assert {role for role in Role if may(role, Act.WRITE_NOTES)} == {Role.INVESTIGATOR, Role.SUPERVISOR}


def test_who_reads_messages_answers_them() -> None:
    for role in Role:
        assert may(role, Act.WRITE_TO_CITIZENS) == may(role, Act.READ_MESSAGES)


def test_only_supervisors_look_into_the_pipeline() -> None:
    assert {role for role in Role if may(role, Act.SEE_PIPELINE)} == {Role.SUPERVISOR}
